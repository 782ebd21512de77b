/** The one-time token of the shop's link, in the address after `#`, where no server log sees it. */

/**
 * @param {Pick<Location, 'hash'|'pathname'|'search'>} location @param {Pick<History, 'replaceState'>} history
 * @returns {{token: string|null, spent: () => void}} `spent` removes it from the address bar
 */
export function readJoin(location, history) {
  const join = {
    token: new URLSearchParams(location.hash.slice(1)).get('join'),
    spent: () => {
      if (join.token === null) return;
      join.token = null;
      history.replaceState(null, '', location.pathname + location.search);
    },
  };
  return join;
}
