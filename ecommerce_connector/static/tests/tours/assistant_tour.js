import { registry } from "@web/core/registry";
import { openStore } from "./steps";

/** Milliseconds for what asks the store or posts, on a machine that has other things to do. */
const LONG = 60000;

const row = (field, text) => `.o_field_widget[name=${field}] .o_data_row:contains(${text})`;

/**
 * Connect a store, look at what it sells with a proposal for each, change one, apply, review the first orders.
 *
 * @param {string} name of the store
 * @param {string} rate that it charges
 * @param {string} number of an order that can be booked
 */
const assistant = (name, rate, number) => ({
    steps: () => [
        ...openStore(name),
        { content: "Check the connection", trigger: "button[name=action_check_connection]", run: "click" },
        { content: "Connected", trigger: ".o_field_badge[name=state]:contains(Connected)", timeout: LONG },
        { content: "Set up mapping", trigger: "button[name=action_set_up_mapping].btn-primary", run: "click" },
        // Sample
        { content: "It reads from the store", trigger: ".o_field_widget[name=source] input:checked" },
        { content: "Read and propose", trigger: "button[name=action_read]", run: "click" },
        // Review
        {
            content: "What was read",
            trigger: ".o_field_widget[name=summary]:contains(orders in)",
            timeout: LONG,
        },
        { content: "A product, with an account", trigger: row("revenue_ids", "Store sales") },
        { content: "A tax by its rate", trigger: row("tax_ids", rate) },
        { content: "A gateway", trigger: row("payment_ids", "EUR") },
        { content: "What is missing", trigger: row("item_ids", "Processor account") },
        { content: "Leave rounding for later", trigger: `${row("revenue_ids", "Rounding")} .o_boolean_toggle`, run: "click" },
        {
            content: "It is out",
            trigger: `${row("revenue_ids", "Rounding")} .o_boolean_toggle input:not(:checked)`,
        },
        { content: "Apply", trigger: "button[name=action_apply]", run: "click" },
        // The first orders
        {
            content: "How many orders to review",
            trigger: ".modal .o_field_widget[name=order_limit] input",
            run: "edit 8",
            timeout: LONG,
        },
        { content: "Preview", trigger: ".modal button[name=action_preview]", run: "click" },
        {
            content: "They can be booked",
            trigger: ".o_ecommerce_review_tile[data-state=complete]",
            timeout: LONG,
        },
        { content: "Look at one of them", trigger: `.o_data_row td[name=number]:contains(${number})`, run: "click" },
        {
            content: "Its plan names accounts and taxes",
            trigger: ".o_form_view .o_field_widget[name=plan_text]:contains(Store sales)",
        },
    ],
});

registry.category("web_tour.tours").add("ecommerce_assistant", assistant("Tea house", "21 %", "S-10231"));
registry.category("web_tour.tours").add("ecommerce_assistant_vendure", assistant("Live shop", "20", "V1001"));
