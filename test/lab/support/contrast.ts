/**
 * Texts of a page that are hard to read, reckoned in the page itself.
 */

// The contrast of each text with what is behind it, as WCAG 2 reckons it.
export const faintTexts = `(() => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body, body *")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3);
    if (!own.some((node) => node.data.trim()) || element.offsetParent === null) continue;
    const ink = luminance(numbers(getComputedStyle(element).color));
    const ground = luminance(behind(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < 4.5) faint.push(contrast.toFixed(2) + " " + element.textContent);
  }
  return faint;
})()`;
