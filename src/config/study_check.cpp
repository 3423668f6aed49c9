#include "config/study_check.h"

#include "core/error.h"

namespace polyclinic {

void refuse_without_effect(const StudyConfig& study) {
  const auto refuse = [](bool useless, const char* key, const char* what, const char* mend) {
    if (useless) throw InputError(what, {.key = key}, mend);
  };
  const QuantizationOptions& base = quantization(study);
  refuse(base.enabled && !base.double_quant,
         study.strategy.quantization ? "strategy.quantization.double_quant" : "model.quantization.double_quant",
         "the 4-bit base always quantises its scales too", "set it to true");
  refuse(!study.model.training.flash_attention, "model.training.flash_attention",
         "attention is always computed by the fused kernel; there is no other", "set it to true");
  refuse(study.model.path.value_or("").empty() && study.model.name.empty(), "model",
         "the model has no name and no path", "set model.path");
  refuse(study.strategy.type == "single_task" && study.strategy.architecture.inherit_from.has_value(),
         "strategy.architecture.inherit_from", "a single task has no multi-task architecture to inherit",
         "set type: multi_task, or remove it");
}

}  // namespace polyclinic
