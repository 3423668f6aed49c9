// Relations between mentions that the example holds already, all candidate pairs of a window from the same states; and
// the modifiers of quantities, which MeasEval scores beside them (a set of modifiers is one value). Attributes of BRAT
// files have no score and are not predicted.
#include "model/heads/mention_judge.h"

namespace polyclinic {

HeadDefinition relation_head() {
  return {"relation", "directed relations between mentions, all pairs of a window at once",
          [](const HeadOptions& options) -> std::unique_ptr<Head> {
            const auto modifiers = [](const std::string& name) { return name == "mods"; };
            return std::make_unique<MentionJudge>(
                options, JudgeSettings{modifiers, true, "the head relation needs annotated relations"});
          }};
}

}  // namespace polyclinic
