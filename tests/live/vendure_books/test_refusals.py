"""What the command line refuses, with a sentence."""

from .seen import NAME, connect


def test_wrong_store_name_names_the_others(books):
    done = books.ecommerce("import", "--store", "Nowhere")
    assert done.status == 1
    assert "There is no store 'Nowhere'" in done.problem
    assert NAME in done.problem
    assert done.output == ""


def test_store_that_is_not_there_or_refuses_the_key(books, shop, imported):
    for arguments, words in (({"key": "wrong-key"}, "authorized"), ({"url": f"{shop.url}/nowhere"}, "/nowhere")):
        before = books.counts()
        done = connect(books, shop, **arguments)
        assert done.status == 1
        assert words in done.problem
        assert shop.api_key not in done.errors
        assert books.counts() == before
    assert connect(books, shop).status == 0, "it is as it was"
