// Takes the README's picture: a real shell on a real sshd, with files beside it.
// Needs vim, tmux and git, as the golden recordings do. Usage: node tests/browser/picture.mjs

import { statSync } from "node:fs";
import { launch, World } from "./world.mjs";

const PICTURE = new URL("../../docs/images/terminal.png", import.meta.url).pathname;
const MOST_BYTES = 250_000;
const PLACE = "/tmp/shop";

const RUST = `//! Orders: taken once, paid once, shipped in the order they came.

use std::collections::BTreeMap;
use std::time::Duration;

/// How long a basket is kept for somebody who went to find a card.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub id: u64,
    pub customer: String,
    pub lines: Vec<(Sku, u32)>,
}

pub fn total(order: &Order, prices: &BTreeMap<Sku, Cents>) -> Option<Cents> {
    let mut sum = Cents(0);
    for (sku, count) in &order.lines {
        let price = prices.get(sku)?;
        sum += *price * *count;
    }
    Some(sum)
}

#[test]
fn an_order_of_nothing_costs_nothing() {
    let order = Order { id: 1, customer: "ada".into(), lines: vec![] };
    assert_eq!(total(&order, &BTreeMap::new()), Some(Cents(0)));
}
`;

/** What is typed into the shell before the picture is taken. */
const LINES = [
  `mkdir ${PLACE} && cd ${PLACE} && mkdir src tests deploy docs .cache`,
  `printf %s '${Buffer.from(RUST).toString("base64")}' | base64 -d > src/orders.rs`,
  "touch src/main.rs src/prices.rs Cargo.toml README.md; head -c 90000 /dev/zero > catalogue.db",
  "printf '#!/bin/sh\\n' > deploy/roll; chmod +x deploy/roll; ln -s deploy/roll ship",
  "git init -q -b main; git config user.name Ada; git config user.email ada@shop.example",
  "g() { git add -A; git commit -q -m \"$1\"; }; g 'Take an order'; git checkout -q -b prices",
  "echo 1 > Cargo.toml; g 'Prices are in cents'; echo 2 > README.md; g 'Say how to roll out'",
  "git checkout -q main; echo 3 > src/main.rs; g 'Ship in the order they came'",
  "git merge -q --no-edit -m 'Merge prices' prices; echo 4 > src/prices.rs; g 'Round half to even'",
];

const browser = await launch();
const world = await World.start(browser, "picture");
try {
  const page = await world.newPage({
    colorScheme: "dark",
    viewport: { width: 1440, height: 900 },
  });
  await world.setUp(page);
  for (const name of ["db-primary", "web-1"]) {
    await world.addTarget(page, name);
    await world.openShell(page, name);
  }
  for (const line of LINES) await world.typeLine(page, line);
  await world.typeLine(page, "clear; git log --oneline | wc -l");
  await world.untilText(page, "6\nready$");
  await page.getByRole("toolbar", { name: "Session" }).getByRole("button", { name: "Files" }).click();
  await page.getByRole("status").filter({ hasText: /entr(y|ies)/ }).waitFor();
  const crumb = (name) => page.getByRole("button", { name, exact: true });
  await crumb("/").click();
  for (const folder of ["tmp", "shop"]) {
    await page.getByRole("option").filter({ hasText: folder }).first().dblclick();
    await crumb(folder).waitFor();
  }
  await page.getByRole("option").filter({ hasText: "catalogue.db" }).click();

  const vim = "vim -u NONE -N -c 'syntax on' -c 'set number cursorline nowrap t_Co=256 laststatus=2 background=dark' -c 'colorscheme habamax' -c 16 src/orders.rs";
  const log = "git log --graph --color --format='%C(yellow)%h%C(reset) %s %C(auto)%d' ; echo; ls -ghG --color=always";
  await world.typeLine(page, `cat > .cache/log <<'END'\n${log}\nEND`);
  await world.typeLine(
    page,
    `tmux -L picture -f /dev/null new -s shop -n orders "${vim}" \\; set -g status-style 'bg=colour61,fg=colour255' \\; set -g pane-border-style 'fg=colour238' \\; set -g pane-active-border-style 'fg=colour103' \\; set -g status-right '' \\; split-window -h -l 50 "sh .cache/log; PS1='shop \\$ ' exec sh"`,
  );
  await world.untilText(page, "Take an order");
  await world.untilText(page, "PATIENCE");
  await world.untilText(page, "shop $");
  await page.screenshot({ path: PICTURE });
  await world.typeLine(page, "tmux -L picture kill-server");
  await world.untilText(page, "ready$");
  await world.typeLine(page, `cd; rm -rf ${PLACE}; echo gone-$((1 + 1))`);
  await world.untilText(page, "gone-2");
  const { size } = statSync(PICTURE);
  console.log(`${PICTURE}: ${size} bytes`);
  if (size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
} finally {
  await world.end();
  await browser.close();
}
