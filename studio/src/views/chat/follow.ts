// Keeps the end of a growing list in sight while the reader is there, and leaves him alone when he has scrolled up. Knows no contents.

/** `toEnd` goes there and follows from now on, `toStart` goes to the other end and does not; `end` stops watching. */
export function followEnd(list: HTMLElement, following: boolean): { toEnd: () => void; toStart: () => void; end: () => void } {
  let height = 0;
  const scroll = () => list.scrollTo({ top: list.scrollHeight });
  const look = () => {
    // What grew by itself is not the reader scrolling up.
    if (list.scrollHeight === height) following = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  };
  const grown = new ResizeObserver(() => {
    height = list.scrollHeight;
    if (following) scroll();
  });
  grown.observe(list);
  for (const child of list.children) grown.observe(child);
  list.addEventListener("scroll", look, { passive: true });
  const toEnd = () => {
    following = true;
    scroll();
  };
  const toStart = () => {
    following = false;
    list.scrollTo({ top: 0 });
  };
  return {
    toEnd,
    toStart,
    end: () => {
      grown.disconnect();
      list.removeEventListener("scroll", look);
    },
  };
}
