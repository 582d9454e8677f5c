import { registry } from "@web/core/registry";
import { openMenu, openStore } from "./steps";

/** Milliseconds for what plans or posts, on a machine that has other things to do. */
const LONG = 60000;

/** Look at what a draft would change, at the orders behind a figure, then re-post open periods. */
registry.category("web_tour.tours").add("ecommerce_what_if", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_mapping", "ecommerce_mapping_rule_draft_menu"),
        { content: "The draft", trigger: ".o_data_row:contains(Books) .o_list_record_selector input", run: "click" },
        { content: "What if", trigger: "button[name=action_what_if]", run: "click" },
        { content: "It says what the draft is", trigger: ".o_field_widget[name=draft_summary]:contains(Books)" },
        { content: "Nothing can be applied unseen", trigger: ".o_statusbar_buttons:not(:has(button[name=action_choose_day]))" },
        {
            content: "As if it had always held",
            trigger: ".o_field_widget[name=basis] .o_radio_item:contains(always) input",
            run: "click",
        },
        { content: "Compute", trigger: "button[name=action_compute]", run: "click" },
        {
            content: "What goes away",
            trigger: ".o_field_widget[name=account_line_ids] .o_data_row:contains(Store sales) td[name=difference]:contains(-200.00)",
            timeout: LONG,
        },
        {
            content: "Seen that way, nothing can be re-posted",
            trigger: ".o_statusbar_buttons:not(:has(button[name=action_repost]))",
        },
        {
            content: "From its own first day",
            trigger: ".o_field_widget[name=basis] .o_radio_item:contains(own) input",
            run: "click",
        },
        { content: "Compute again", trigger: "button[name=action_compute]", run: "click" },
        {
            content: "What it brings",
            trigger: ".o_field_widget[name=account_line_ids] .o_data_row:contains(Books) td[name=difference]:contains(100.00)",
            timeout: LONG,
        },
        { content: "By product", trigger: ".nav-link[name=products]", run: "click" },
        { content: "The mug", trigger: ".o_field_widget[name=product_line_ids] .o_data_row:contains(MUG)" },
        { content: "By account", trigger: ".nav-link[name=accounts]", run: "click" },
        {
            content: "The orders behind it",
            trigger: ".o_field_widget[name=account_line_ids] .o_data_row:contains(Books) button[name=action_view_orders]",
            run: "click",
        },
        { content: "One order", trigger: ".o_list_view .o_data_row:contains(R2) td[name=difference]:contains(100.00)" },
        { content: "Back", trigger: ".breadcrumb-item a:contains(What if)", run: "click" },
        { content: "Why", trigger: ".o_field_widget[name=reason] input", run: "edit New chart of accounts" },
        { content: "Re-post", trigger: "button[name=action_repost]", run: "click" },
        { content: "Yes", trigger: ".modal .btn-primary", run: "click" },
        { content: "It is done", trigger: ".alert-success:contains(in force)", timeout: LONG },
        { content: "The correcting entry", trigger: "button[name=action_view_moves]:contains(1)", run: "click" },
        { content: "It is there", trigger: ".o_list_view .o_data_row, .o_form_view .o_field_widget[name=line_ids]" },
    ],
});
