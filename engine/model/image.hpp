// SPDX-License-Identifier: Apache-2.0
// Images and what a desktop is meant to have, or was seen to have, on its disk.
#pragma once

#include "engine/core/ids.hpp"
#include "engine/core/optional_text.hpp"

namespace gild {

// A golden image as the rebuild call names it (W 1.1). Two images are equal when their ids are (contract 6): type and
// os_type only travel in the request, so there is deliberately no operator== here.
struct ImageRef {
  ImageId image_id;
  SharedText image_type;             // gold, private, market; the service may grow
  OptionalText<SharedText> os_type;  // Windows, Linux, Other…
};

// What a group wants on its desktops.
struct Target {
  ImageRef image;
  OptionalText<SharedText> revision;  // another value rebuilds onto the same image
};

// True where both want the same thing: image id and revision. A pause belongs to a group and this.
bool same_target(const Target& a, const Target& b);

// What is known about the image on a desktop: a read of the service shows the id but never the type (W 3.4).
struct ImageState {
  OptionalText<ImageId> image_id;  // nullopt: in doubt, or never shown
  OptionalText<SharedText> image_type;
  OptionalText<SharedText> os_type;
  OptionalText<SharedText> revision;
  friend bool operator==(const ImageState&, const ImageState&) = default;
};

ImageState image_state_of(const Target& target);

// True where a revision is to change: both are set and differ (contract 6).
bool revision_differs(const OptionalText<SharedText>& recorded, const OptionalText<SharedText>& wanted);

}  // namespace gild
