import { cases } from "./cases/cooperative.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
