import { cases } from "./cases/top-up.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
