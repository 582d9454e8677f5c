import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * What stands above the orders under review: how many can be booked and for how much, and the
 * buttons that concern all of them, whichever the list shows.
 */
export class ImportReviewBanner extends Component {
    static template = "ecommerce_connector.ImportReviewBanner";
    static props = {
        list: Object,
        // Changes with what the list shows, and so tells when the counts are to be read again.
        marks: String,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.state = useState({ summary: { tiles: [], selected: { count: 0, totals: [] } } });
        onWillStart(() => this.refresh());
        onWillUpdateProps((next) => {
            if (next.marks !== this.props.marks || next.list !== this.props.list) {
                // Not awaited: the list must not wait for its banner.
                this.refresh();
            }
        });
    }

    get importId() {
        return this.props.list.context.default_import_id;
    }

    async refresh() {
        // Opened by its address, the list belongs to no import.
        if (this.importId) {
            this.state.summary = await this.orm.call("ecommerce.import", "review_summary", [[this.importId]]);
        }
    }

    /** Show only the orders of one state, or all again. */
    showState(state) {
        const { searchModel } = this.env;
        const [filter] = searchModel.getSearchItems((item) => item.name === state);
        const wasActive = filter.isActive;
        searchModel.clearQuery();
        if (!wasActive) {
            searchModel.toggleSearchItem(filter.id);
        }
    }

    /** Call a method of the import, show what it answers and read everything again. */
    async run(method, ...args) {
        this.ui.block();
        let action;
        try {
            action = await this.orm.call("ecommerce.import", method, [[this.importId], ...args]);
        } finally {
            this.ui.unblock();
        }
        await this.props.list.model.load();
        await this.refresh();
        if (action) {
            await this.action.doAction(action);
        }
    }
}
