// SPDX-License-Identifier: Apache-2.0
// What `gild --version` is measured against: a program that links the same libraries and does nothing.
int main() {
  return 0;
}
