import { cases } from "./cases/deploy.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
