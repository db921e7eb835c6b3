// SPDX-License-Identifier: Apache-2.0
export const live = {
  transcript: "What has been said so far",
  nothingSaid: "Nothing has been said yet",
};
