// Copies what the binaries embed from node_modules to the folders that go:embed reads.
// Run by `make assets` after `npm ci`; the targets are not committed (the lock file is).
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const modules = "node_modules";
const fontTarget = "internal/platform/document/font";
const vendorTarget = "internal/edge/web/static/vendor";

function fresh(dir) {
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) {
    if (name !== ".gitignore") rmSync(join(dir, name), { recursive: true });
  }
}

fresh(fontTarget);
const udp = join(modules, "@expo-google-fonts/biz-udpgothic");
cpSync(join(udp, "400Regular/BIZUDPGothic_400Regular.ttf"), join(fontTarget, "BIZUDPGothic-Regular.ttf"));
cpSync(join(udp, "700Bold/BIZUDPGothic_700Bold.ttf"), join(fontTarget, "BIZUDPGothic-Bold.ttf"));
cpSync(join(udp, "LICENSE_FONT"), join(fontTarget, "LICENSE"));

fresh(vendorTarget);
cpSync(join(modules, "htmx.org/dist/htmx.min.js"), join(vendorTarget, "htmx.min.js"));
cpSync(join(modules, "cytoscape/dist/cytoscape.min.js"), join(vendorTarget, "cytoscape.min.js"));
const noto = join(modules, "@fontsource-variable/noto-sans-jp");
mkdirSync(join(vendorTarget, "noto"), { recursive: true });
cpSync(join(noto, "LICENSE"), join(vendorTarget, "noto/LICENSE"));
// Only the upright variable-weight files; the style sheet names them relative to itself.
const css = readFileSync(join(noto, "index.css"), "utf8");
writeFileSync(join(vendorTarget, "noto/index.css"), css);
cpSync(join(noto, "files"), join(vendorTarget, "noto/files"), {
  recursive: true,
  filter: (src) => !src.endsWith(".woff2") || css.includes(src.split("/").pop()),
});
