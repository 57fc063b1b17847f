import vue from "@vitejs/plugin-vue";

export default {
  plugins: [vue()],
  // The page waits for its key at the top level.
  build: { target: "es2022" },
};
