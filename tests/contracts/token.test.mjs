import { cases } from "./cases/token.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
