// sarif.mjs FILE: validates a SARIF file against the schema of SARIF 2.1.0 that npm's @microsoft/jest-sarif carries. Prints what is wrong.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.GP_NODE_MODULES + "/");
const inPackage = createRequire(require.resolve("@microsoft/jest-sarif/package.json"));
const Ajv = inPackage("ajv");
const ajv = new Ajv({ schemaId: "auto", allErrors: true });
ajv.addMetaSchema(inPackage("ajv/lib/refs/json-schema-draft-04.json"));
const validate = ajv.compile(inPackage("./lib/schemas/sarif-2.1.0-rtm.5.json"));
if (!validate(JSON.parse(readFileSync(process.argv[2], "utf8")))) console.log(ajv.errorsText(validate.errors, { separator: "\n" }));
