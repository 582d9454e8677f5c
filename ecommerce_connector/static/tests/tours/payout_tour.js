import { registry } from "@web/core/registry";
import { openMenu, openStore, status, upload } from "./steps";

const COLUMNS =
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,charge_id";
const row = (id, gross, fee, net, kind, source) =>
    `po_tour,2026-03-15 00:00:00,${id},2026-03-14 08:00:00,eur,${gross},${fee},${net},${kind},${source},${source}`;
const REPORT = [
    COLUMNS,
    row("txn_1", "120.00", "3.00", "117.00", "charge", "ch_p-P1"),
    row("txn_2", "60.00", "1.50", "58.50", "charge", "ch_p-P2"),
    row("txn_3", "-1.00", "0.00", "-1.00", "fee", ""),
].join("\n");

/** Import a payout report, see it matched, post it, find it at the bank, take both back, and do them again. */
registry.category("web_tour.tours").add("ecommerce_payout", {
    steps: () => [
        ...openStore("Test shop"),
        ...openMenu("ecommerce_menu_payouts", "ecommerce_payout_import_menu"),
        {
            content: "Whose report it is",
            trigger: ".modal .o_field_widget[name=processor_account_id] input",
            run: "edit Card payments EUR",
        },
        {
            content: "The account in euro",
            trigger: ".o-autocomplete--dropdown-item a:contains(Card payments EUR)",
            run: "click",
        },
        {
            content: "Choose the report",
            trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
            run: ({ anchor }) => upload(anchor, "payout.csv", REPORT),
        },
        { content: "It is chosen", trigger: ".modal .o_field_widget[name=file] input[type=text]:value(payout.csv)" },
        { content: "Import", trigger: ".modal button[name=action_import]", run: "click" },
        // Review
        { content: "The payout", trigger: ".o_form_view .o_field_widget[name=external_id]:contains(po_tour)" },
        {
            content: "Its charges are matched with the orders",
            trigger: ".o_data_row:contains(P1):contains(Matched)",
        },
        { content: "Each of them", trigger: ".o_data_row:contains(P2):contains(Matched)" },
        { content: "A fee needs no payment", trigger: ".o_data_row:contains(Fee):contains(No counterpart needed)" },
        // Post and reconcile
        { content: "Post", trigger: ".o_statusbar_buttons button[name=action_post]", run: "click" },
        { content: "It is in transit", trigger: status("In transit") },
        { content: "Find it at the bank", trigger: "button[name=action_match_bank]", run: "click" },
        { content: "It is at the bank", trigger: status("At the bank") },
        // Undo
        { content: "Take the bank match back", trigger: "button[name=action_undo]:contains(bank)", run: "click" },
        { content: "In transit again", trigger: status("In transit") },
        { content: "Take the posting back", trigger: "button[name=action_undo]:contains(posting)", run: "click" },
        { content: "Yes", trigger: ".modal button.btn-primary:contains(Undo posting)", run: "click" },
        { content: "To review again", trigger: status("To review") },
        { content: "Post again", trigger: ".o_statusbar_buttons button[name=action_post]", run: "click" },
        { content: "In transit once more", trigger: status("In transit") },
        { content: "Find it at the bank again", trigger: "button[name=action_match_bank]", run: "click" },
        { content: "At the bank, for good", trigger: status("At the bank") },
    ],
});
