import { registry } from "@web/core/registry";
import { openMenu, openStore, status } from "./steps";

/** Post a day as a summary, open its entry, and go down from its accounts to the rows and to an order, and back up. */
registry.category("web_tour.tours").add("ecommerce_summary", {
    steps: () => [
        ...openStore("Test shop"),
        { content: "Two orders wait", trigger: "button[name=action_view_summary_due]:contains(2)" },
        { content: "Post", trigger: ".o_statusbar_buttons button:contains(Post summaries)", run: "click" },
        { content: "What will be posted", trigger: ".modal .o_field_widget[name=order_count]:contains(2)" },
        { content: "One day", trigger: ".modal .o_field_widget[name=day_count]:contains(1)" },
        { content: "Post it", trigger: ".modal button[name=action_post]", run: "click" },
        { content: "Done", trigger: "body:not(:has(.modal))" },
        ...openMenu("ecommerce_menu_orders", "ecommerce_summary_menu"),
        {
            content: "The day's summary",
            trigger: ".o_data_row:contains(ESUM):contains(2):contains(240.00) .o_data_cell[name=day]",
            run: "click",
        },
        // The entry
        { content: "Its entry", trigger: ".o_field_widget[name=move_id] a:contains(ESUM)", run: "click" },
        { content: "It is posted", trigger: status("Posted") },
        { content: "What the day adds up to", trigger: "tr:contains(Store sales):contains(200.00)" },
        // Down to the rows and an order
        { content: "What it is made of", trigger: "button:contains(Summary Rows)", run: "click" },
        {
            content: "Its account of sales, with its sum",
            trigger: ".o_group_header:contains(Store sales):contains(-200.00)",
            run: "click",
        },
        { content: "The first order's part", trigger: ".o_data_row:contains(S1):contains(-100.00)" },
        { content: "The second order's part", trigger: ".o_data_row:contains(S2) .o_data_cell", run: "click" },
        // And up again
        { content: "The order", trigger: ".oe_title h1:contains(S2)" },
        { content: "Its summary", trigger: "button[name=action_view_summaries]", run: "click" },
        { content: "The day's summary again", trigger: ".oe_title h1:contains(Mar 10, 2026 · ESUM)" },
    ],
});
