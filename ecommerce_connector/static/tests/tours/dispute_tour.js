import { registry } from "@web/core/registry";
import { openMenu, openStore, status } from "./steps";

/** Find the open dispute, lose a part of it with tax relief, look at its order, take the decision back. */
registry.category("web_tour.tours").add("ecommerce_dispute", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_payouts", "ecommerce_dispute_menu"),
        { content: "Only what is open", trigger: ".o_searchview_facet:contains(Open)" },
        { content: "The dispute", trigger: ".o_data_row:contains(P1) .o_data_cell:contains(du_1)", run: "click" },
        { content: "It is open", trigger: status("Opened") },
        // Lose a part
        { content: "Lost", trigger: "button[name=action_lose]", run: "click" },
        { content: "All of it", trigger: ".modal .o_ecommerce_plan:contains(110.00)" },
        { content: "No: a part", trigger: ".modal .o_field_widget[name=extent] input[data-value=part]", run: "click" },
        { content: "How much", trigger: ".modal .o_field_widget[name=amount] input", run: "edit 44" },
        { content: "The tax comes back", trigger: ".modal .o_field_widget[name=tax_relief] input", run: "click" },
        { content: "See what is booked", trigger: ".modal .o_ecommerce_plan:contains(40.00):contains(Plain 10 %)" },
        { content: "Book it", trigger: ".modal button[name=action_lose]", run: "click" },
        { content: "A part is lost", trigger: status("Partly lost") },
        { content: "The rest is open", trigger: ".o_field_widget[name=open_amount]:contains(66.00)" },
        { content: "Its entry", trigger: ".o_field_widget[name=loss_move_id] a:contains(EPAY)" },
        // There and back
        { content: "Its order", trigger: "button[name=action_view_order]", run: "click" },
        { content: "Back to the dispute", trigger: "button[name=action_view_disputes]", run: "click" },
        // Undo
        { content: "Take it back", trigger: "button[name=action_undo]", run: "click" },
        { content: "Yes", trigger: ".modal button.btn-primary:contains(Undo decision)", run: "click" },
        { content: "It is open again", trigger: status("Opened") },
        { content: "All of it", trigger: ".o_field_widget[name=open_amount]:contains(110.00)" },
    ],
});
