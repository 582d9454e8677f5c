import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";

/** A form with wide lists: its chatter stays below them instead of taking a third of the screen. */
export class WideFormRenderer extends FormRenderer {
    setup() {
        super.setup();
        const ui = this.uiService;
        this.uiService = Object.create(ui, { size: { get: () => Math.min(ui.size, SIZES.XL) } });
    }
}

export class WideFormController extends FormController {
    get className() {
        return { ...super.className, "o_xxl_form_view h-100": false };
    }
}

registry.category("views").add("ecommerce_wide_form", {
    ...formView,
    Controller: WideFormController,
    Renderer: WideFormRenderer,
});
