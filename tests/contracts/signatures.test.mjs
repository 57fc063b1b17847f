import { cases } from "./cases/signatures.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
