#pragma once
// Values that the schema allows and that would have no effect here: refused, since a user who set one believes in it.
#include "config/study.h"

namespace polyclinic {

// InputError with key and mend. What only a strategy can judge is refused where it is planned (strategy/plan.h), what
// only a search or token control can judge where they begin.
void refuse_without_effect(const StudyConfig& study);

}  // namespace polyclinic
