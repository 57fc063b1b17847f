/** Ends the service workers, as browsers do after half a minute without work. */
export async function stopWorkers(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("ServiceWorker.enable");
  await session.send("ServiceWorker.stopAllWorkers");
  await session.detach();
}
