import { describe, expect, it } from 'vitest';
import { embedCode, heightFor } from './embed-code';

const wide = { width: 1920, height: 800 };

describe('embed code', () => {
  it('has the shape of the video', () => {
    const code = embedCode('https://x.example/embed/a', 'Harbour', wide, 480);
    expect(code).toContain('width="480" height="200"');
    expect(heightFor(480, { width: null, height: null })).toBe(270);
    expect(embedCode('https://x.example/embed/a', 'Harbour', wide, null)).toContain(
      'inline-size:100%;aspect-ratio:1920/800',
    );
  });

  it('keeps hostile titles in their attribute', () => {
    const code = embedCode('https://x/?t=1&u=2', `"><script>a='b'</script>&amp;`, wide, 640);
    expect(code).toContain(
      `title="&quot;&gt;&lt;script&gt;a='b'&lt;/script&gt;&amp;amp;" width="640"`,
    );
    expect(code).toContain('src="https://x/?t=1&amp;u=2"');
    expect(code.match(/</g)).toHaveLength(2);
  });
});
