//! An order, from what is frozen of it to what Engage reads: of version 3, which is stored, and of version 2, which only
//! tells.
//!
//! A digital receipt and an order of the till's own are the same here: what was settled, walked as a whole.

use engage::model::{
    Address, AnnouncedFee, AnnouncedItem, Announcement, ContactId, CreatedDate, Delivery, Discount, Fee,
    ItemKind, LineItems, MatchContact, Order, OrderItem, OrderItemKind, OrderStatus, OwnData, Payment, Rows,
    Text,
};
use pos::order::{OrderLine, SettledOrder};
use pos::receipt::{Kind, Moment, SettledDiscount, SettledFee, SettledLine, SettledReceipt};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::desk::with_store;
use crate::frozen::{FrozenOrder, OrderOf};

/// What is the same of an order whatever it was made of.
struct Sold<'s> {
    frozen: &'s FrozenOrder,
    store: &'s str,
    channel: &'s str,
    settled: SettledReceipt<'s>,
    /// What is an order's own; `None` for a receipt's copy.
    own: Option<SettledOrder<'s>>,
}

/// An order as Engage stores it (facts O-19 to O-39).
pub(super) fn order(
    frozen: &FrozenOrder,
    store: &str,
    body: &[u8],
    contact: &ContactId,
    channel: &str,
) -> Result<Order, String> {
    read(frozen, store, body, channel, |sold| sold.stored(contact))
}

/// An order as version 2 is told of it (facts O-63 to O-66).
pub(super) fn announcement(
    frozen: &FrozenOrder,
    store: &str,
    body: &[u8],
    contact: &ContactId,
    channel: &str,
) -> Result<Announcement, String> {
    read(frozen, store, body, channel, |sold| sold.announced(contact))
}

/// Reads what is kept of an order.
fn read<T>(
    frozen: &FrozenOrder,
    store: &str,
    body: &[u8],
    channel: &str,
    write: impl FnOnce(&Sold<'_>) -> Option<T>,
) -> Result<T, String> {
    let body = serde_json::from_slice(body).map_err(|_| "the kept body is not JSON")?;
    let body = with_store(body, store);
    let written = match frozen.of {
        OrderOf::Receipt => {
            let reading = pos::receipt::parse(&body);
            let receipt = reading.receipt.ok_or("the receipt has faults; correct its content")?;
            let settled = SettledReceipt::new(&receipt, &frozen.settlement.money);
            let settled = settled.map_err(|error| error.to_string())?;
            write(&Sold { frozen, store, channel, settled, own: None })
        }
        OrderOf::Order => {
            let reading = pos::order::parse(&body);
            let order = reading.order.ok_or("the order has faults; put it again")?;
            let own = SettledOrder::new(&order, &frozen.settlement).map_err(|error| error.to_string())?;
            let channel = order.channel.unwrap_or(channel);
            write(&Sold { frozen, store, channel, settled: own.receipt(), own: Some(own) })
        }
    };
    written.ok_or_else(|| "the order names no store, or a line of it no article".to_owned())
}

impl Sold<'_> {
    fn stored(&self, contact: &ContactId) -> Option<Order> {
        let settled = &self.settled;
        let goods = settled.order_lines().map(|(_, line)| line.signed(line.paid)).sum();
        let paid = settled.order_payments().map(|payment| payment.amount).sum();
        let fees = settled.fees().map(|fee| fee.amount).sum();
        let discounts = settled.receipt_discounts();
        let taken = discounts.iter().map(|discount| discount.amount).sum();
        let own = self.own.as_ref().map(SettledOrder::order);
        Some(Order {
            order_id: Text::new(self.frozen.order_id.as_str())?,
            contact: contact.clone(),
            external_store_id: Text::new(self.store)?,
            status: self.status(),
            external_status: own.and_then(|order| order.external_status).and_then(Text::new),
            references: self.references(),
            currency_code: Text::new(settled.settlement().currency.code())?,
            channel: Text::new(self.channel),
            created_at: created(settled.settlement().created_at),
            last_changed_at: Some(self.changed_at()),
            total_price: settled.decimal(settled.total()),
            line_items: LineItems {
                items: settled
                    .order_lines()
                    .map(|(position, line)| self.item(position, &line))
                    .collect::<Option<_>>()?,
                sub_total: settled.decimal(goods),
            },
            payments: Rows { items: self.payments(), total: settled.decimal(paid) },
            fees: Rows {
                items: settled.fees().map(|fee| self.fee(&fee)).collect::<Option<_>>()?,
                total: settled.decimal(fees),
            },
            discounts: Rows {
                items: discounts.iter().map(|discount| self.discount(discount)).collect(),
                total: -settled.decimal(taken),
            },
            delivery: self.own.as_ref().and_then(delivery),
            billing_address: own.and_then(|order| order.billing_address).map(address),
            shipping_address: own.and_then(|order| order.shipping_address).map(address),
            data: own.and_then(|order| order.data).cloned().map(OwnData),
            order_action: None,
        })
    }

    /// Nothing is stored there, so what it can't hold goes along as data of its own.
    fn announced(&self, contact: &ContactId) -> Option<Announcement> {
        let settled = &self.settled;
        let announces = self.frozen.announces.as_ref()?;
        let own = self.own.as_ref().map(SettledOrder::order);
        let mut data = own.and_then(|order| order.data).cloned().unwrap_or_default();
        data.extend(announces.data.clone());
        let references = self.references().into_iter().map(|id| Value::from(id.as_str()));
        let references: Vec<Value> = references.collect();
        if !references.is_empty() {
            data.insert("references".to_owned(), references.into());
        }
        let fees: Vec<SettledFee<'_>> = settled.fees().collect();
        let of = |is: fn(Kind) -> bool| self.announced_fee(fees.iter().filter(|fee| is(fee.kind)));
        let difference = settled.difference();
        let round_off = AnnouncedFee {
            value: settled.decimal(difference),
            tax: Some(settled.decimal(pos::money::Amount::ZERO)),
            tax_percent: None,
        };
        let tax = settled.vat_summary().iter().map(|row| row.tax).sum();
        let changed_at = self.changed_at();
        Some(Announcement {
            contact: MatchContact::by_id(contact),
            order_number: Text::new(self.frozen.order_id.as_str())?,
            order_status: Text::new(announces.order_status.as_str())?,
            payment_status: Text::new(announces.payment_status.as_str())?,
            created_date: created(settled.settlement().created_at),
            status_changed_date: Some(changed_at),
            shipping_date: None,
            store_id: Text::new(self.store)?,
            currency: Text::new(settled.settlement().currency.code())?,
            exchange_rate_to_group_currency: None,
            language: Text::new(announces.language.as_deref().unwrap_or("en"))?,
            total_gross_price: settled.decimal(settled.total()),
            total_tax: Some(settled.decimal(tax)),
            tax_details: Vec::new(),
            payment_methods: self.payments(),
            items: settled
                .order_lines()
                .map(|(position, line)| self.announced_item(position, &line))
                .collect::<Option<_>>()?,
            freight_fee: of(|kind| kind == Kind::Shipping),
            handling_fee: of(|kind| kind != Kind::Shipping),
            total_round_off: (!difference.is_zero()).then_some(round_off),
            extra_data: Some(data).filter(|data| !data.is_empty()).map(OwnData),
        })
    }

    fn status(&self) -> OrderStatus {
        let own = self.own.as_ref().map(|own| own.order().status);
        match own {
            _ if self.frozen.cancelled => OrderStatus::Cancelled,
            Some(pos::order::OrderStatus::InProgress) => OrderStatus::InProgress,
            Some(pos::order::OrderStatus::Cancelled) => OrderStatus::Cancelled,
            Some(pos::order::OrderStatus::Completed) | None => OrderStatus::Completed,
        }
    }

    /// The orders that it belongs to: a receipt's are those of the sales that it takes something back of.
    fn references(&self) -> Vec<Text> {
        match &self.own {
            Some(own) => own.order().references.iter().copied().filter_map(Text::new).collect(),
            None => self.settled.receipt().references().filter_map(Text::new).collect(),
        }
    }

    /// When this state came about, in the shop's time.
    fn changed_at(&self) -> CreatedDate {
        let offset = self.settled.settlement().created_at.offset();
        CreatedDate { instant: self.frozen.changed_at, offset }
    }

    fn payments(&self) -> Vec<Payment> {
        let payments = self.settled.order_payments().filter_map(|payment| {
            Some(Payment {
                kind: Text::new(payment.kind)?,
                description: payment.description.and_then(Text::new),
                value: self.settled.decimal(payment.amount),
            })
        });
        payments.collect()
    }

    fn item(&self, position: usize, line: &SettledLine<'_>) -> Option<OrderItem> {
        let settled = &self.settled;
        let of_order = self.line(position);
        let (kind, quantity) = match line.back {
            false => (OrderItemKind::Purchase, quantity(line)),
            true => (OrderItemKind::Return, -quantity(line)),
        };
        Some(OrderItem {
            kind,
            sku: Text::new(line.sku)?,
            article_number: Text::new(line.article_number),
            name: Text::new(line.name)?,
            group: line.group.and_then(Text::new),
            quantity,
            unit: line.measure.and_then(|(_, unit)| unit).and_then(Text::new),
            price_per_unit: settled.unit_price(line),
            total_price: settled.decimal(line.paid),
            tax_percent: Some(line.tax_percent()),
            tax_amount: Some(settled.decimal(line.tax)),
            discounts: line.discounts().map(|discount| self.discount(&discount)).collect(),
            image_url: of_order.image_url.and_then(Text::new),
            target_url: of_order.target_url.and_then(Text::new),
            extra_data: self.extra_data(line, &of_order),
        })
    }

    fn announced_item(&self, position: usize, line: &SettledLine<'_>) -> Option<AnnouncedItem> {
        let settled = &self.settled;
        let of_order = self.line(position);
        let (kind, quantity) = match line.back {
            false => (ItemKind::Purchase, quantity(line)),
            true => (ItemKind::Return, -quantity(line)),
        };
        Some(AnnouncedItem {
            kind,
            sku: Text::new(line.sku)?,
            description: Text::new(line.name)?,
            quantity,
            gross_paid_price: settled.decimal(line.paid),
            tax_amount: Some(settled.decimal(line.tax)),
            tax_percent: Some(line.tax_percent()),
            discounts: line.discounts().map(|discount| self.discount(&discount)).collect(),
            image_url: of_order.image_url.and_then(Text::new),
            target_url: of_order.target_url.and_then(Text::new),
            extra_data: self.extra_data(line, &of_order),
        })
    }

    fn line(&self, position: usize) -> OrderLine<'_> {
        self.own.as_ref().map(|own| own.line(position)).unwrap_or_default()
    }

    /// A line's own data: an order's as it came, a receipt's names and values.
    fn extra_data(&self, line: &SettledLine<'_>, of_order: &OrderLine<'_>) -> Option<OwnData> {
        let of_receipt = || {
            let extra = line.extra_data.iter();
            extra.map(|extra| (extra.name.to_owned(), extra.value.into())).collect::<Map<String, Value>>()
        };
        let data = of_order.extra_data.cloned().unwrap_or_else(of_receipt);
        Some(data).filter(|data| !data.is_empty()).map(OwnData)
    }

    fn discount(&self, discount: &SettledDiscount<'_>) -> Discount {
        Discount {
            kind: discount.kind.and_then(Text::new),
            description: discount.description.and_then(Text::new),
            value: -self.settled.decimal(discount.amount),
        }
    }

    fn fee(&self, fee: &SettledFee<'_>) -> Option<Fee> {
        Some(Fee {
            kind: Text::new(fee.kind.as_str())?,
            description: Text::new(fee.name),
            value: self.settled.decimal(fee.amount),
            tax_percent: Some(fee.percent.decimal()),
            tax_amount: Some(self.settled.decimal(fee.tax)),
        })
    }

    /// Several fees as one: the rate is told where it is one.
    fn announced_fee<'f>(&self, fees: impl Iterator<Item = &'f SettledFee<'f>>) -> Option<AnnouncedFee> {
        let fees: Vec<_> = fees.collect();
        let first = fees.first()?;
        let is_one_rate = fees.iter().all(|fee| fee.percent == first.percent);
        Some(AnnouncedFee {
            value: self.settled.decimal(fees.iter().map(|fee| fee.amount).sum()),
            tax: Some(self.settled.decimal(fees.iter().map(|fee| fee.tax).sum())),
            tax_percent: is_one_rate.then(|| first.percent.decimal()),
        })
    }
}

fn quantity(line: &SettledLine<'_>) -> Decimal {
    line.measure.map_or_else(|| Decimal::from(line.pieces), |(amount, _)| amount)
}

fn created(at: Moment) -> CreatedDate {
    CreatedDate { instant: at.timestamp(), offset: at.offset() }
}

fn delivery(own: &SettledOrder<'_>) -> Option<Delivery> {
    let said = own.order().delivery;
    let delivery = Delivery {
        method: said.method.and_then(Text::new),
        tracking_number: said.tracking_number.and_then(Text::new),
        tracking_uri: said.tracking_url.and_then(Text::new),
        delivery_date: own.settlement().delivery_date.map(created),
    };
    Some(delivery).filter(|delivery| *delivery != Delivery::default())
}

fn address(said: pos::order::Address<'_>) -> Address {
    let text = |value: Option<&str>| value.and_then(Text::new);
    Address {
        title: text(said.title),
        first_name: text(said.first_name),
        last_name: text(said.last_name),
        street: text(said.street),
        street2: text(said.street2),
        zip_code: text(said.zip_code),
        city: text(said.city),
        country: text(said.country),
    }
}
