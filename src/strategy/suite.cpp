#include "strategy/suite.h"

#include <charconv>
#include <cmath>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

void refuse(const std::string& variant, const char* key, const std::string& what, const std::string& mend) {
  throw InputError(what, {.key = concat("ablations.", variant, ".", key)}, mend);
}

AdapterOptions adapter_of(const std::string& name, const AblationVariant& variant) {
  AdapterOptions adapter;
  adapter.shared = variant.shared.value_or(variant.shared_rank.has_value());
  adapter.shared_rank = variant.shared_rank;
  adapter.private_adapter = variant.private_adapter.value_or(variant.private_rank.has_value());
  adapter.private_rank = variant.private_rank;
  adapter.fusion = variant.fusion;
  if (!adapter.shared && !adapter.private_adapter) {
    refuse(name, "shared", "the variant has neither a shared nor a private adapter", "set shared_rank or private_rank");
  }
  if (!adapter.shared && adapter.shared_rank) {
    refuse(name, "shared_rank", "shared_rank has no effect with shared: false", "remove one of the two");
  }
  if (!adapter.private_adapter && adapter.private_rank) {
    refuse(name, "private_rank", "private_rank has no effect with private: false", "remove one of the two");
  }
  return adapter;
}

}  // namespace

std::optional<std::int64_t> stated_parameters(std::string_view text) {
  if (text.starts_with('~')) text.remove_prefix(1);
  double unit = 1;
  if (!text.empty()) {
    const char last = text.back();
    unit = last == 'K' ? 1e3 : last == 'M' ? 1e6 : last == 'B' ? 1e9 : 1;
    if (unit > 1) text.remove_suffix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value * unit >= 1) || value * unit > 1e15) {
    return std::nullopt;
  }
  return std::llround(value * unit);
}

std::vector<SuiteVariant> suite_of(const AblationOptions& ablations, const StrategyOptions& base) {
  std::vector<SuiteVariant> suite;
  for (const auto& [name, variant] : ablations.variants) {
    SuiteVariant out{name, base, variant.trainable_params.value_or("")};
    out.strategy.name = name;
    out.strategy.type = "multi_task";
    out.strategy.adapter = adapter_of(name, variant);
    out.strategy.architecture = ArchitectureOptions{};
    if (!out.strategy.adapter.shared) out.strategy.gradient.conflict_resolution = "none";
    if (!out.stated.empty() && !stated_parameters(out.stated)) {
      refuse(name, "trainable_params", concat("'", out.stated, "' is no number of parameters"), "write e.g. ~26M");
    }
    suite.push_back(std::move(out));
  }
  if (suite.empty()) throw InputError("the suite has no variant", {.key = "ablations"}, "add one, or remove the block");
  return suite;
}

CheckedSuite check_suite(const std::vector<SuiteVariant>& suite, const LoraOptions& lora,
                         const std::vector<StrategyTask>& tasks, const std::vector<LinearShape>& linears,
                         const ParityOptions& options) {
  CheckedSuite out;
  for (const SuiteVariant& variant : suite) {
    out.members.push_back({variant.name, plan_strategy({variant.strategy, lora, tasks}).adapters});
  }
  out.report = check_parity(out.members, linears, options);
  for (std::size_t v = 0; v < suite.size(); ++v) out.report.rows[v].stated = suite[v].stated;
  return out;
}

}  // namespace polyclinic
