"""Window actions of forms: a single record opens as a form, several as a list."""


def open_records(records, name, **more):
    """An action that opens records.

    :param str name: title of the list
    :rtype: dict
    """
    action = {"type": "ir.actions.act_window", "name": name, "res_model": records._name, **more}
    if len(records) == 1:
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": records.id}
    return action | {"view_mode": "list,form", "domain": [("id", "in", records.ids)]}
