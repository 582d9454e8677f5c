import { ImportReviewBanner } from "./import_review_banner";
import { registry } from "@web/core/registry";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** What the banner counts, of the shown orders; a change counts once it is saved. */
const marksOf = (list) =>
    list.records.map(({ resId, data, dirty }) => (dirty ? "" : [resId, data.state, data.selected].join(":"))).join();

export class ImportReviewListRenderer extends ListRenderer {
    static template = "ecommerce_connector.ImportReviewListRenderer";
    static components = { ...ListRenderer.components, ImportReviewBanner };

    /** The orders to post are marked by a switch that lasts; a second kind of selection would confuse. */
    get hasSelectors() {
        return false;
    }

    get marks() {
        return marksOf(this.props.list);
    }
}

export class ImportReviewKanbanRenderer extends KanbanRenderer {
    static template = "ecommerce_connector.ImportReviewKanbanRenderer";
    static components = { ...KanbanRenderer.components, ImportReviewBanner };

    get marks() {
        return marksOf(this.props.list);
    }
}

registry.category("views").add("ecommerce_import_review_list", { ...listView, Renderer: ImportReviewListRenderer });
registry.category("views").add("ecommerce_import_review_kanban", { ...kanbanView, Renderer: ImportReviewKanbanRenderer });
