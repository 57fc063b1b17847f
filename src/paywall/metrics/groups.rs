//! How many writes shared each commit. The store counts them; this writes its counts as a histogram.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::receiver::store::GroupSizes;

/// What a store had counted at this moment.
#[derive(Debug)]
pub(super) struct Collected(pub(super) GroupSizes);

impl Collector for Collected {
    #[allow(clippy::cast_precision_loss)] // Counts of this format are floats.
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), core::fmt::Error> {
        let Self(sizes) = self;
        let bounds = GroupSizes::BOUNDS.map(|bound| bound as f64);
        let bounds = bounds.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(sizes.commits).collect();
        let name = "store_group_size";
        let help = "Writes that shared a commit";
        let mut histogram = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        let (sum, count) = (sizes.writes as f64, sizes.total());
        histogram.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }
}
