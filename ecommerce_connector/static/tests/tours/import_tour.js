import { registry } from "@web/core/registry";
import { openMenu, openStore } from "./steps";

/** Milliseconds for what asks the store or posts, on a machine that has other things to do. */
const LONG = 60000;

/** Connect a store, make its accounts, look at how its orders would be booked, post them, see the entries. */
registry.category("web_tour.tours").add("ecommerce_import", {
    steps: () => [
        ...openStore("Tea house"),
        // Connect
        {
            content: "Nothing is posted yet",
            trigger: "button[name=action_view_orders]:contains(0)",
        },
        { content: "Check the connection", trigger: "button[name=action_check_connection]", run: "click" },
        { content: "It is the right store", trigger: ".o_notification:contains(Theehuis De Kade)", timeout: LONG },
        { content: "Connected", trigger: ".o_field_badge[name=state]:contains(Connected)" },
        // Map
        {
            content: "Make accounts and rules, the quick way",
            trigger: ".o_statusbar_buttons button[name=action_create_accounting]",
            run: "click",
        },
        {
            content: "They are ready",
            trigger: ".o_notification:contains(Accounts, journals and rules are ready)",
            timeout: LONG,
        },
        { content: "Look at the rules", trigger: ".nav-link[name=rules]", run: "click" },
        {
            content: "The tax of 21 % has a rule",
            trigger: ".o_field_widget[name=rule_ids] .o_data_row:contains(Tax):contains(21)",
        },
        // Review
        { content: "Import", trigger: ".o_statusbar_buttons button[name=action_import]", run: "click" },
        {
            content: "The first orders",
            trigger: ".modal .o_field_widget[name=order_limit] input",
            run: "edit 8",
        },
        { content: "Preview", trigger: ".modal button[name=action_preview]", run: "click" },
        {
            content: "How many can be booked",
            trigger: ".o_ecommerce_review_tile[data-state=complete]",
            run: "click",
            timeout: LONG,
        },
        { content: "Only those are shown", trigger: ".o_facet_value:contains(Complete)" },
        { content: "Look at one of them", trigger: ".o_data_row td[name=number]:contains(S-10231)", run: "click" },
        {
            content: "Its plan names accounts and taxes",
            trigger: ".o_form_view .o_field_widget[name=plan_text]:contains(product MUG-1):contains(Store sales)",
        },
        { content: "Leave it out", trigger: ".o_field_widget[name=selected] input:checked", run: "click" },
        { content: "It is out", trigger: ".o_field_widget[name=selected] input:not(:checked)" },
        { content: "Back to the list", trigger: ".o_back_button, .breadcrumb-item:last a", run: "click" },
        {
            content: "It is not selected",
            trigger: ".o_data_row:contains(S-10231) .o_field_widget[name=selected] input:not(:checked)",
        },
        { content: "Take all the same", trigger: ".o_ecommerce_banner button[name=select_all]", run: "click" },
        {
            content: "All are selected",
            trigger: ".o_data_row:contains(S-10231) .o_field_widget[name=selected] input:checked",
        },
        // Post
        { content: "Post", trigger: ".o_ecommerce_banner button[name=accept]:enabled", run: "click" },
        { content: "They are posted", trigger: ".modal .o_ecommerce_outcome:contains(posted)", timeout: LONG },
        { content: "See the orders", trigger: ".modal button[name=action_view_orders]", run: "click" },
        { content: "Open one", trigger: ".o_data_row td[name=number]:contains(S-10231)", run: "click" },
        { content: "It is posted", trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Posted)" },
        { content: "See its entries", trigger: "button[name=action_view_moves]", run: "click" },
        { content: "The invoice", trigger: ".o_data_row:contains(ECS/) td[name=name]", run: "click" },
        {
            content: "It is paid, and it leads back to the order",
            trigger: "button[name=action_view_ecommerce_order]:contains(S-10231)",
            run: "click",
        },
        { content: "The order again", trigger: ".o_form_view .o_field_widget[name=plan_text]" },
        // What is left
        ...openMenu("ecommerce_menu_to_do", "ecommerce_exception_menu"),
        { content: "Exceptions", trigger: ".o_breadcrumb:contains(Exceptions)" },
    ],
});
