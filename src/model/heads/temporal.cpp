// What Clinical TempEval asks of times and events that the example holds already: their attributes (DocTimeRel among
// them) and the links between them (CONTAINS).
#include "model/heads/mention_judge.h"

namespace polyclinic {

HeadDefinition temporal_head() {
  return {"temporal", "attributes of times and events, DocTimeRel, and the links between them",
          [](const HeadOptions& options) -> std::unique_ptr<Head> {
            const auto all = [](const std::string&) { return true; };
            return std::make_unique<MentionJudge>(options,
                                                  JudgeSettings{all, false, "the head temporal needs annotated times"});
          }};
}

}  // namespace polyclinic
