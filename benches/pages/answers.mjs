// What a server of paid requests answers.

/** The receiver sees a new channel with its next look at the chain. */
export async function untilConfirmed(one) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await one();
    } catch (error) {
      if (attempt === 50) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** The content; fails where the payment was refused. */
export async function body(response) {
  const bytes = await response.arrayBuffer();
  if (response.status !== 200) {
    throw new Error(`The server answers a payment ${response.status}.`);
  }
  return bytes;
}
