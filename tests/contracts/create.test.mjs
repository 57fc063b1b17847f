import { cases } from "./cases/create.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
