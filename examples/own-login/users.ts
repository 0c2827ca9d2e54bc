import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify<string, string, number, Buffer>(scrypt);

/** In place of a table of users: the password of `ada` is `correct horse`, and only its hash is kept. */
const USERS = [{ id: 'user-1', name: 'ada', salt: 'a7f3', hash: await hash('correct horse', 'a7f3', 32) }];

/** The user with this name and password. A name that is not known takes as long as a wrong password. */
export async function findUser(name: string, password: string) {
  const user = USERS.find((one) => one.name === name);
  const given = await hash(password, user?.salt ?? '', 32);
  return user && timingSafeEqual(given, user.hash) ? user : undefined;
}
