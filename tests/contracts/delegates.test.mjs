import { cases } from "./cases/delegates.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
