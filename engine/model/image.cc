// SPDX-License-Identifier: Apache-2.0
#include "engine/model/image.hpp"

namespace gild {

bool same_target(const Target& a, const Target& b) {
  return a.image.image_id == b.image.image_id && a.revision == b.revision;
}

ImageState image_state_of(const Target& target) {
  return {target.image.image_id, target.image.image_type, target.image.os_type, target.revision};
}

bool revision_differs(const OptionalText<SharedText>& recorded, const OptionalText<SharedText>& wanted) {
  return recorded && wanted && *recorded != *wanted;
}

}  // namespace gild
