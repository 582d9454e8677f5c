/** Steps that more than one tour takes. */

/** Open the app and one of its stores; begins at any page. */
export const openStore = (name) => [
    {
        content: "Stores are the app's first page",
        trigger: `.o_kanban_record a:contains("${name}")`,
        run: "click",
    },
    { content: "The store's form", trigger: ".o_form_view .o_field_widget[name=name] input" },
];

/** Open an item of one of the app's menus. */
export const openMenu = (menu, item) => [
    {
        content: `Menu ${menu}`,
        trigger: `.o_menu_sections [data-menu-xmlid="ecommerce_connector.${menu}"]`,
        run: "click",
    },
    {
        content: `Menu item ${item}`,
        trigger: `.o-dropdown-item[data-menu-xmlid="ecommerce_connector.${item}"]`,
        run: "click",
    },
];

/** Where a record stands, in its status bar. */
export const status = (label) => `.o_statusbar_status button.o_arrow_button_current:contains(${label})`;

/** Put a file into the file input that the step points to, as a person's choice would. */
export function upload(input, name, content) {
    const chosen = new DataTransfer();
    chosen.items.add(new File([content], name, { type: "text/csv" }));
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}
