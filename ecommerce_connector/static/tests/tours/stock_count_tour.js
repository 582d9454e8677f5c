import { registry } from "@web/core/registry";
import { openMenu, status, upload } from "./steps";

const COUNT = "sku,quantity\nMUG,10\n";

/** Look at a count of the stock before anything is posted, post the difference, see its entry, and undo it. */
registry.category("web_tour.tours").add("ecommerce_stock_count", {
    steps: () => [
        { content: "The app", trigger: '.o_kanban_record a:contains("Test shop")' },
        ...openMenu("ecommerce_menu_goods", "ecommerce_stock_count_post_menu"),
        {
            content: "The stock account is that of the store",
            trigger: ".modal .o_field_widget[name=account_id] input:value(Stock Valuation)",
        },
        {
            content: "The file of the count",
            trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
            run: ({ anchor }) => upload(anchor, "count.csv", COUNT),
        },
        { content: "It is chosen", trigger: ".modal .o_field_widget[name=file] input[type=text]:value(count.csv)" },
        { content: "An account for differences", trigger: ".modal button[name=action_make_account]", run: "click" },
        {
            content: "It is made",
            trigger: ".modal .o_field_widget[name=difference_account_id] input:value(Stock count differences)",
        },
        { content: "Read", trigger: ".modal button[name=action_read]", run: "click" },
        // The preview
        { content: "What was counted", trigger: ".modal .o_data_row:contains(MUG):contains(8.00):contains(80.00)" },
        { content: "What the books have", trigger: ".modal .o_field_widget[name=balance]:contains(100.00)" },
        { content: "The difference", trigger: ".modal .o_field_widget[name=difference]:contains(-20.00)" },
        { content: "In words", trigger: ".modal span:contains(Less is there than the books have)" },
        { content: "Post", trigger: ".modal button[name=action_post]", run: "click" },
        // The count and its entry
        { content: "It is posted", trigger: status("Posted") },
        { content: "The difference stays with it", trigger: ".o_field_widget[name=difference]:contains(-20.00)" },
        { content: "Its entry", trigger: "button[name=action_view_moves]", run: "click" },
        { content: "In the list", trigger: ".o_data_row:contains(Stock count of):contains(20.00)" },
        { content: "Back", trigger: ".breadcrumb-item a:contains(Stock count of), .o_back_button", run: "click" },
        // Undo
        { content: "Undo", trigger: ".o_statusbar_buttons button[name=action_undo]", run: "click" },
        { content: "Yes", trigger: ".modal button.btn-primary:contains(Undo)", run: "click" },
        { content: "It is undone", trigger: status("Undone") },
        { content: "By an entry", trigger: ".o_field_widget[name=reversal_move_id] a" },
    ],
});
