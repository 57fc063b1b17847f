// The client's snapshot as a value that Vue follows, until the component that uses it is gone.
import type { MicroRaiden } from "microraiden";
import { onScopeDispose, shallowRef } from "vue";

export function useClient(client: MicroRaiden) {
  // Shallow: snapshots are frozen, and replaced as a whole.
  const snapshot = shallowRef(client.getSnapshot());
  onScopeDispose(client.subscribe(() => (snapshot.value = client.getSnapshot())));
  return snapshot;
}
