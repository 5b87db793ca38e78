//! `portcullis receipt RECEIPT-ID` and `portcullis receipts`: what was revoked, and what the events prove of it.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::{Asked, Shared, receipt_table};

/// Receipts on a page: the most that the interface gives.
const PAGE: u32 = 200;

/// The flags of one.
#[derive(Debug, Args)]
pub struct Receipt {
    /// The receipt, as `revoke` and `receipts` print it: rv-…
    #[arg(value_name = "RECEIPT-ID", value_parser = NonEmptyStringValueParser::new())]
    id: String,
    #[command(flatten)]
    shared: Shared,
}

impl Receipt {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        let input = json!({ "ReceiptId": self.id });
        Asked { table: Some(receipt_table::one), ..Asked::once(self.shared, "DescribeReceipt", input) }
    }
}

/// The flags of all.
#[derive(Debug, Args)]
pub struct Receipts {
    #[command(flatten)]
    shared: Shared,
}

impl Receipts {
    /// The first call of several.
    pub(super) fn asked(self) -> Asked {
        Asked {
            paged: Some("Receipts"),
            table: Some(receipt_table::list),
            ..Asked::once(self.shared, "ListReceipts", json!({ "MaxResults": PAGE }))
        }
    }
}
