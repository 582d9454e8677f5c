import { registry } from "@web/core/registry";
import { openMenu, openStore } from "./steps";

/** Meet an unmapped product among the exceptions, decide about it, and see what waited for it booked. */
registry.category("web_tour.tours").add("ecommerce_exception", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_to_do", "ecommerce_exception_menu"),
        {
            content: "One exception names all orders that wait",
            trigger: ".o_data_row:contains('MUG'):contains('R1, R2') td[name=message]",
            run: "click",
        },
        { content: "Its orders and amounts", trigger: ".o_field_widget[name=order_line_ids] .o_data_row:contains(R2)" },
        { content: "Decide", trigger: "button[name=action_add_rule]", run: "click" },
        {
            content: "The rule is filled in",
            trigger: ".modal .o_field_widget[name=pattern] input:value(MUG)",
        },
        {
            content: "Where it is booked",
            trigger: ".modal .o_field_widget[name=account_id] input",
            run: "edit Store order fees",
        },
        {
            content: "Order fees, say",
            trigger: ".o-autocomplete--dropdown-item a:contains(Store order fees)",
            run: "click",
        },
        { content: "Save, and book what waits", trigger: ".modal button[name=action_save_and_release]", run: "click" },
        { content: "What came of it", trigger: ".o_notification:contains(2 moved from suspense)" },
        { content: "The exception is solved", trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Resolved)" },
    ],
});

/** Meet a fee without a rule among the exceptions, decide about it, and see its payouts released. */
registry.category("web_tour.tours").add("ecommerce_payout_exception", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_to_do", "ecommerce_exception_menu"),
        {
            content: "One exception names all payouts that wait",
            trigger: ".o_data_row:contains('po_1, po_2'):contains('4.80') td[name=message]",
            run: "click",
        },
        {
            content: "Its payouts, the latest first",
            trigger: ".o_field_widget[name=payout_line_ids] .o_data_row:contains('Mar 15'):contains(po_2):contains(1.80)",
        },
        { content: "And the other", trigger: ".o_field_widget[name=payout_line_ids] .o_data_row:contains(po_1):contains(3.00)" },
        { content: "Decide", trigger: "button[name=action_add_rule]", run: "click" },
        {
            content: "The rule is filled in",
            trigger: ".modal .o_field_widget[name=pattern] input:value(charge)",
        },
        {
            content: "Where it is booked",
            trigger: ".modal .o_field_widget[name=account_id] input",
            run: "edit Payment processing fees",
        },
        {
            content: "Processing fees",
            trigger: ".o-autocomplete--dropdown-item a:contains(Payment processing fees)",
            run: "click",
        },
        {
            content: "Save, and release what waits",
            trigger: ".modal button[name=action_save_and_release]:contains(Save and release payouts)",
            run: "click",
        },
        { content: "What came of it", trigger: ".o_notification:contains(1 payouts posted, 1 payouts ready for review)" },
        { content: "The exception is solved", trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Resolved)" },
        { content: "Both are named still", trigger: ".o_field_widget[name=payout_line_ids] .o_data_row:contains(po_1):contains(In transit)" },
    ],
});

/** Solve an exception from the list: its arrow, the rule, and it is gone; then close another with a reason. */
registry.category("web_tour.tours").add("ecommerce_exception_list", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_to_do", "ecommerce_exception_menu"),
        {
            content: "The arrow does what solves it",
            trigger: ".o_data_row:contains('MUG') button[name=action_do_way_out]",
            run: "click",
        },
        { content: "The rule is filled in", trigger: ".modal .o_field_widget[name=pattern] input:value(MUG)" },
        {
            content: "Where it is booked",
            trigger: ".modal .o_field_widget[name=account_id] input",
            run: "edit Store order fees",
        },
        {
            content: "Order fees, say",
            trigger: ".o-autocomplete--dropdown-item a:contains(Store order fees)",
            run: "click",
        },
        { content: "Save, and book what waits", trigger: ".modal button[name=action_save_and_release]", run: "click" },
        { content: "What came of it", trigger: ".o_notification:contains(2 moved from suspense)" },
        { content: "It is gone from the list", trigger: ".o_list_view:not(:has(.o_data_row:contains('MUG')))" },
        { content: "Another one", trigger: ".o_data_row:contains('R3'):contains('125.00') td[name=message]", run: "click" },
        { content: "Its main button", trigger: ".o_form_view button.btn-primary:contains(Open order)" },
        { content: "Close it", trigger: ".o_form_view button[name=action_resolve]", run: "click" },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The shop pays the difference",
        },
        { content: "Resolve", trigger: ".modal button[name=action_resolve]", run: "click" },
        { content: "It is closed", trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Resolved)" },
        { content: "The reason is kept", trigger: ".o_field_widget[name=resolution]:contains(The shop pays)" },
    ],
});
