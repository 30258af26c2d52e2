// Sounds as the server takes them: whatever the browser can decode, as a WAV file of 16 kHz, one channel, 16 bits. Knows no view.

const RATE = 16_000;

/** Decodes a sound and writes it anew. Errors: those of the browser for what is no sound. */
export async function asWav(sound: Blob): Promise<Blob> {
  const bytes = await sound.arrayBuffer();
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  const room = new OfflineAudioContext(1, Math.max(1, Math.ceil(decoded.duration * RATE)), RATE);
  const source = room.createBufferSource();
  source.buffer = decoded;
  source.connect(room.destination);
  source.start();
  return wavOf((await room.startRendering()).getChannelData(0));
}

/** A WAV file of samples from -1 to 1. */
export function wavOf(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const ascii = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  ascii(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  ascii(8, "WAVEfmt ");
  for (const [at, value] of [
    [16, 16],
    [24, RATE],
    [28, 2 * RATE],
    [40, 2 * samples.length],
  ])
    view.setUint32(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ])
    view.setUint16(at, value, true);
  ascii(36, "data");
  for (const [i, value] of samples.entries()) view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, value)) * 32_767), true);
  return new Blob([view], { type: "audio/wav" });
}

/** A recording of the microphone that goes on until it is ended. Errors: those of the browser where it gives no microphone. */
export async function record(): Promise<{ end(): Promise<Blob> }> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream);
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.start();
  return {
    end: () =>
      new Promise((done) => {
        recorder.onstop = () => {
          for (const track of stream.getTracks()) track.stop();
          done(new Blob(pieces, { type: recorder.mimeType }));
        };
        recorder.stop();
      }),
  };
}
