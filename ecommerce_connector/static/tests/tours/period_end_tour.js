import { registry } from "@web/core/registry";
import { openMenu, status } from "./steps";

/** Compute what a month ends with, accept the deferral, take it back, accept it for good; dismiss the fees. */
registry.category("web_tour.tours").add("ecommerce_period_end", {
    steps: () => [
        { content: "The app", trigger: '.o_kanban_record a:contains("Test shop")' },
        ...openMenu("ecommerce_menu_period", "ecommerce_period_end_menu"),
        { content: "March", trigger: ".modal .o_field_widget[name=day] button, .modal .o_field_widget[name=day] input", run: "click" },
        { content: "Its last day", trigger: ".modal .o_field_widget[name=day] input", run: "edit 03/31/2026 && press Enter" },
        { content: "Compute", trigger: ".modal button[name=action_compute]", run: "click" },
        {
            content: "What is invoiced and not shipped",
            trigger: ".o_data_row:contains(Invoiced, not shipped):contains(75.00) .o_data_cell[name=kind]",
            run: "click",
        },
        { content: "It waits for a decision", trigger: status("Proposed") },
        { content: "For which order", trigger: ".o_data_row:contains(Store sales):contains(D1):contains(75.00)" },
        // Accept, undo, accept
        { content: "Accept", trigger: "button[name=action_accept]", run: "click" },
        { content: "Yes", trigger: ".modal button.btn-primary:contains(Accept)", run: "click" },
        { content: "It is accepted", trigger: status("Accepted") },
        { content: "With two entries", trigger: "button[name=action_view_moves]:contains(2)" },
        { content: "Undo", trigger: ".o_statusbar_buttons button[name=action_undo]", run: "click" },
        { content: "Yes, undo", trigger: ".modal button.btn-primary:contains(Undo)", run: "click" },
        { content: "It is proposed again", trigger: status("Proposed") },
        { content: "Accept again", trigger: "button[name=action_accept]", run: "click" },
        { content: "Yes, for good", trigger: ".modal button.btn-primary:contains(Accept)", run: "click" },
        { content: "Accepted for good", trigger: status("Accepted") },
        // The entries and back
        { content: "Its entries", trigger: "button[name=action_view_moves]:contains(6)", run: "click" },
        { content: "One of the period's last day", trigger: ".o_data_row:contains(Mar 31) .o_data_cell[name=name]", run: "click" },
        { content: "Back to the proposal", trigger: "button[name=action_view_ecommerce_proposal]", run: "click" },
        // The other proposal
        ...openMenu("ecommerce_menu_period", "ecommerce_period_proposal_menu"),
        { content: "Only what is to be decided", trigger: ".o_searchview_facet:contains(To Decide)" },
        { content: "The fees", trigger: ".o_data_row:contains(Fees billed later) .o_data_cell[name=kind]", run: "click" },
        { content: "Dismiss", trigger: "button[name=action_dismiss]", run: "click" },
        { content: "It can be proposed again", trigger: "button[name=action_reopen]" },
    ],
});
