export default {
  // The page waits for its key at the top level.
  build: { target: "es2022" },
};
