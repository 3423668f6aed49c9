// S5: the architecture of the better of S3a and S3b. The run store knows which that was; whoever composes the run
// replaces the options before it plans (inherit_strategy), so that an unresolved one is refused here.
#include "strategy/inherited.h"
#include "core/error.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) { return options.architecture.inherit_from.has_value(); }

StrategyPlan refuse(const StrategyInputs&) {
  throw InputError("the strategy inherits from the better of S3a and S3b, and the store holds no finished run of them",
                   {.key = "strategy.architecture.inherit_from"},
                   "run strategy=s3a and strategy=s3b with this model, seed and data first");
}

}  // namespace

StrategyOptions inherit_strategy(const StrategyOptions& heir, const StrategyOptions& parent) {
  StrategyOptions out = parent;
  out.name = heir.name;
  out.description = heir.description;
  out.training = heir.training;
  out.token_logging = heir.token_logging;
  if (heir.quantization) out.quantization = heir.quantization;
  out.architecture.inherit_from.reset();
  return out;
}

const StrategyKind inherited_strategy{"inherited", "the better of S3a and S3b over an NF4 base (S5)", matches, refuse};

}  // namespace polyclinic
