// Files as a client's storage in Node (`microraiden/files`).
import type { StateStore } from "./index.js";

/**
 * A folder of the disk as a client's storage, for programs in Node. What is stored survives a crash of the program and
 * of the machine. Locks are the kernel's: all processes of the machine that pay from one folder take turns, those in
 * containers that share it included, and the lock of a process that was killed is free at once.
 *
 * On Linux `flock` must be on the `PATH` (util-linux, which most images have, or BusyBox). The folder must be on a disk
 * of this machine: two machines must not pay from one network folder. The folder and its files are made for this user
 * alone; keys are not stored in it.
 *
 * ```js
 * import { fileStorage } from "microraiden/files";
 * import { LocalKey, MicroRaiden } from "microraiden";
 *
 * const key = await LocalKey.fromBackup(password, file);
 * const client = await MicroRaiden.connect({ wallet: key, contract, rpc: rpcUrl, storage: fileStorage("state") });
 * ```
 */
export function fileStorage(folder: string | URL): StateStore;
