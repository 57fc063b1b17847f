// Pays for the pictures of pages, which know nothing of it.
import { payFor } from "microraiden/service-worker";

const { contract, rpcUrl, url } = Object.fromEntries(new URL(self.location.href).searchParams);
const limits = { maxPrice: 10n ** 18n, deposit: 10n ** 18n };
payFor({ paths: [url], connect: { contract, rpc: rpcUrl }, limits });
