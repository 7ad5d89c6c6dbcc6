//! What iterations are run on.

use crate::chain::Chain;
use crate::portable;
#[cfg(target_arch = "x86_64")]
use crate::sha_ni::ShaNi;

/// What iterations are run on: the best that this processor has, or what every processor has. All give the same
/// keys.
#[derive(Clone, Copy, Debug)]
pub struct Engine(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    ShaNi(ShaNi),
}

impl Engine {
    /// The fastest one here. Costs next to nothing: what the processor can do is found out once.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(instructions) = ShaNi::detect() {
            return Self(Kind::ShaNi(instructions));
        }
        Self::portable()
    }

    /// The one without intrinsics.
    #[must_use]
    pub const fn portable() -> Self {
        Self(Kind::Portable)
    }

    /// For a log or a benchmark: `sha-ni` or `portable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::ShaNi(_) => "sha-ni",
        }
    }

    /// Whether two chains take less time side by side than one after the other.
    #[must_use]
    pub const fn pays_for_two(self) -> bool {
        !matches!(self.0, Kind::Portable)
    }

    /// Takes every chain so many iterations further.
    pub(crate) fn run<const N: usize>(self, chains: [&mut Chain; N], times: u32) {
        match self.0 {
            Kind::Portable => chains.into_iter().for_each(|chain| portable::run(chain, times)),
            #[cfg(target_arch = "x86_64")]
            Kind::ShaNi(instructions) => instructions.run(chains, times),
        }
    }
}
