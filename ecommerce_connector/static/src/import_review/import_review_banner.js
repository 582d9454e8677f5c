import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
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

    // Numbers stand elsewhere in other languages, so sentences are translated whole.

    get lackingRule() {
        return _t("Orders that name something no mapping rule covers: %s.", this.state.summary.lacking_rule);
    }

    get keepLabel() {
        return _t("Keep %s for later", this.state.summary.to_keep);
    }

    get acceptLabel() {
        return _t("Post %s selected", this.state.summary.selected.count);
    }

    async refresh() {
        // Opened by its address, the list belongs to no import.
        if (this.importId) {
            this.state.summary = await this.call("review_summary");
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

    call(method, ...args) {
        return this.orm.call("ecommerce.import", method, [[this.importId], ...args]);
    }

    /** Post the selected orders, some at a time, so that a person sees how far it is. */
    async accept() {
        const all = this.state.summary.selected.count;
        await this.finish(async () => {
            let left = all;
            for (let done = 0; left && done < all; done = all - left) {
                this.ui.unblock();
                this.ui.block({ message: _t("Posted %(done)s of %(all)s", { done, all }) });
                left = await this.call("accept_next", done === 0);
            }
            return this.call("action_outcome");
        });
    }

    /** Call a method of the import. */
    run(method, ...args) {
        return this.finish(() => this.call(method, ...args));
    }

    /** Do something that takes a while, read everything again, and open what it answers. */
    async finish(work) {
        this.ui.block();
        let action;
        try {
            action = await work();
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
