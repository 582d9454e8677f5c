import { Component, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Milliseconds between two looks at a record that something works on in the background. */
const PAUSE = 3000;

/** Keeps a form true while something works on its record in the background: reloads it as long as a field says so. */
export class LiveWidget extends Component {
    static template = "ecommerce_connector.LiveWidget";
    static props = { ...standardWidgetProps, whileField: String };

    setup() {
        const timer = setInterval(() => this.refresh(), PAUSE);
        onWillUnmount(() => clearInterval(timer));
    }

    async refresh() {
        const { record } = this.props;
        // What somebody is typing must not be taken away; a page nobody looks at need not be true.
        if (!record.data[this.props.whileField] || document.hidden || (await record.isDirty())) {
            return;
        }
        await record.load();
    }
}

registry.category("view_widgets").add("ecommerce_live", {
    component: LiveWidget,
    extractProps: ({ attrs }) => ({ whileField: attrs.while_field }),
    fieldDependencies: ({ attrs }) => [{ name: attrs.while_field, type: "boolean" }],
});
