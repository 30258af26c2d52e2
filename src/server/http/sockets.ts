// The connections of a server, so that they can be ended: those on which nothing was asked yet, too, which Node's own means leave open. Knows no requests' meaning.
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** All open connections, and which of them are being answered. */
export class Sockets {
  readonly #open = new Set<Socket>();
  readonly #answering = new Set<Socket>();
  #quiet: (() => void)[] = [];

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#over(socket);
      });
    });
    server.on("request", ({ socket }: { socket: Socket }, response: ServerResponse) => {
      this.#answering.add(socket);
      response.once("close", () => this.#over(socket));
    });
  }

  get count(): number {
    return this.#open.size;
  }

  #over(socket: Socket): void {
    this.#answering.delete(socket);
    if (this.#answering.size === 0) for (const tell of this.#quiet.splice(0)) tell();
  }

  /** Ends those on which no answer is under way: idle ones, and those whose request has not come whole. */
  endIdle(): void {
    for (const socket of this.#open) if (!this.#answering.has(socket)) socket.destroy();
  }

  /** Ends all, whatever they do. */
  endAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Resolves when no answer is under way. */
  quiet(): Promise<void> {
    return this.#answering.size === 0 ? Promise.resolve() : new Promise((done) => this.#quiet.push(done));
  }
}
